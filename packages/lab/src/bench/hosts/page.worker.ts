// What each worker of the page runs: the kernels modules, and nothing that starts a system.
import '../problems/dispatch.kernels.ts'
import '../problems/heavy-work.kernels.ts'
