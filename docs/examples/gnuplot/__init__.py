"""An adaptor that keeps gnuplot and its data loaded, and asks it in lines."""
