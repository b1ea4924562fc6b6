/** A worker's file of a program: it imports the kernels, and that is all. */
import './scenarios.kernels.ts'
