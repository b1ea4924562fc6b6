/** A worker's file of a program: it imports the kernels, and that is all. */
import './end-of-stack.kernels.ts'
import './scenarios.kernels.ts'
