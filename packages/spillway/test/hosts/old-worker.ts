/** Answers as a worker of another version does. */
addEventListener('message', () =>
  postMessage({
    type: 'spillway:failed',
    error: {
      name: 'WorkerStartError',
      message: 'the program runs another version, its worker loaded spillway 0.0.1',
      code: 'ERR_VERSION',
    },
  }),
)
