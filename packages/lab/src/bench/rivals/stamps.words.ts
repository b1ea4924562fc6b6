// Where the stamping worker and its caller meet. STAMP counts doubles, the others words; all on lines of their own.
export const REQUEST = 0
export const ANSWER = 32
export const STAMP = 32
export const STAMP_BYTES = 512
