/** The worker file of a test that makes its threads itself. */
import './gate.kernels.ts'
import './loop.kernels.ts'
