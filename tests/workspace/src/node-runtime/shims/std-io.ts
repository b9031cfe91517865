/** `writeAll` of `@std/io` over a Node stream. */
export function writeAll(stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
        stream.write(bytes, (error) => {
            if (error) reject(error);
            else resolve();
        });
    });
}
