/** What every worker of a job system loads: the kernels, and that is all. */
import '../programs/ready.kernels.ts'
