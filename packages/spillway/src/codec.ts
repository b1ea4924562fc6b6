export function encode(v: unknown): Uint8Array { return new TextEncoder().encode(JSON.stringify(v)) }
export function decode(b: Uint8Array): unknown { return JSON.parse(new TextDecoder().decode(b)) }
