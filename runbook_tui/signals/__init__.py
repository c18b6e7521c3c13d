"""What is measured: gpu, prometheus, http, kubernetes, the host. Each source yields samples; none of them decides."""
