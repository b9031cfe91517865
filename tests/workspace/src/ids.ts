import { randomBytes, randomInt } from 'node:crypto';

/** Meteor's alphabet: no look-alikes. */
const UNMISTAKABLE = '23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz';

/** An id as `Random.id()` of Meteor makes them: 17 unmistakable characters. */
export function randomId(length = 17): string {
    let id = '';
    for (let at = 0; at < length; at += 1) {
        id += UNMISTAKABLE.charAt(randomInt(UNMISTAKABLE.length));
    }
    return id;
}

let counter = randomInt(0xff_ffff);

/** An id as MongoDB's `ObjectId`: seconds, five random bytes, a counter; later ones of a process sort behind earlier ones. */
export function objectId(): string {
    counter = (counter + 1) & 0xff_ffff;
    const seconds = Math.floor(Date.now() / 1000).toString(16).padStart(8, '0');
    return seconds + PROCESS + counter.toString(16).padStart(6, '0');
}

const PROCESS = randomBytes(5).toString('hex');
