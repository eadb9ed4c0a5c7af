"""An adaptor for POV-Ray: a command for each frame, in the version that the job asks for."""
