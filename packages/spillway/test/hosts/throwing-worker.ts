import './scenarios.kernels.ts'

throw new Error('thrown on purpose')
