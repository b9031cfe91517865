import { CodedError } from '../errors';
import type { Blob } from '../generated/core';

/**
 * How many bytes one handler holds at most. A delivery may bring hundreds of files, moved a few at a time; past this the oldest
 * are done with. Whoever still wants one is told so, and fetches it anew.
 */
const MOST_BYTES = 256 * 1024 * 1024;

/** So many bytes show what a file is. */
const HEAD_BYTES = 64;

/** Bytes on their way from one server to another. All but the first few never enter wasm, whose memory does not shrink again. */
export class Blobs {
    private readonly held = new Map<number, Buffer>();
    private bytesHeld = 0;
    private last = 0;

    keep(bytes: Buffer, mediaType: string): Blob {
        const id = ++this.last;
        this.held.set(id, bytes);
        this.bytesHeld += bytes.length;
        for (const [oldest, { length }] of this.held) {
            if (this.bytesHeld <= MOST_BYTES || oldest === id) {
                break;
            }
            this.held.delete(oldest);
            this.bytesHeld -= length;
        }
        return { id, size: bytes.length, media_type: mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '', head: [...bytes.subarray(0, HEAD_BYTES)] };
    }

    bytes(blob: Blob): Buffer {
        const bytes = this.held.get(blob.id);
        if (bytes === undefined) {
            throw new CodedError('no-such-blob', 'These bytes are not held.');
        }
        return bytes;
    }
}
