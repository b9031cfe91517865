import { CodedError } from '../core';
import type { Blob } from '../generated/core';

/** Bytes on their way from one server to another. They never enter wasm, whose memory does not shrink again. */
export class Blobs {
    private readonly held = new Map<number, Buffer>();

    keep(bytes: Buffer, mediaType: string): Blob {
        const id = this.held.size + 1;
        this.held.set(id, bytes);
        return { id, size: bytes.length, media_type: mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '' };
    }

    bytes(blob: Blob): Buffer {
        const bytes = this.held.get(blob.id);
        if (bytes === undefined) {
            throw new CodedError('no-such-blob', 'These bytes are not held.');
        }
        return bytes;
    }
}
