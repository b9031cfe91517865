/** `toArrayBuffer` of `@std/streams`. */
export async function toArrayBuffer(readable: ReadableStream<Uint8Array>): Promise<ArrayBuffer> {
    return new Response(readable).arrayBuffer();
}
