"""An adaptor with the habits of the published ones, written for openjd.adaptor_runtime."""
