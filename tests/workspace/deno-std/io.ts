interface Writer {
    write(bytes: Uint8Array): Promise<number>;
}

/** Deno's `@std/io` `writeAll`: a writer may take fewer bytes than offered. */
export async function writeAll(writer: Writer, data: Uint8Array): Promise<void> {
    let written = 0;
    while (written < data.length) {
        written += await writer.write(data.subarray(written));
    }
}
