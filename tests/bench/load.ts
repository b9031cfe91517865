/**
 * The customers of the bench, in a process of their own: has texts delivered by the stand-in for Meta, each signed and
 * posted as Meta does, and prints how long each took to be answered.
 *
 * One JSON argument, a `Load`; one JSON line, the `Answered`.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './figures.js';

export interface Load {
    sim: string;
    page: string;
    /** Number of the first message: no two may be equal. */
    first: number;
    messages: number;
    people: number;
    /** Either so many under way at any time, or so many begun each second, whether or not the earlier ones are done. */
    atOnce?: number;
    perSecond?: number;
}

export interface Answered {
    seconds: number;
    /** Milliseconds from when a message was due until the answer. */
    p50: number;
    p99: number;
    slowest: number;
    refused: number;
}

const load = JSON.parse(process.argv[2] ?? '{}') as Load;
const agent = new Agent({ keepAlive: true });
const url = new URL('/_sim/deliver', load.sim);
const times: number[] = [];
let refused = 0;

/** One text of one of many people. */
function deliver(number: number, due: number): Promise<void> {
    const messaging = {
        sender: { id: String(900_000_000_000_000 + (number % load.people)) },
        recipient: { id: load.page },
        timestamp: Date.now(),
        message: { mid: `m_bench_${String(number)}`, text: `Message ${String(number)}` },
    };
    const body = { object: 'page', entry: [{ time: Date.now(), id: load.page, messaging: [messaging] }] };
    return new Promise((resolve, reject) => {
        const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
            let answer = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => (answer += chunk));
            response.on('end', () => {
                times.push(performance.now() - due);
                refused += (JSON.parse(answer) as { status?: number }).status === 200 ? 0 : 1;
                resolve();
            });
        });
        sent.on('error', reject);
        sent.end(JSON.stringify({ object: 'page', body }));
    });
}

const began = performance.now();
if (load.perSecond === undefined) {
    let next = 0;
    await Promise.all(
        Array.from({ length: load.atOnce ?? 1 }, async () => {
            while (next < load.messages) {
                await deliver(load.first + next++, performance.now());
            }
        }),
    );
} else {
    const under: Promise<void>[] = [];
    for (let number = 0; number < load.messages; number++) {
        const due = began + (number * 1000) / load.perSecond;
        const early = due - performance.now();
        if (early > 1) {
            await sleep(early);
        }
        under.push(deliver(load.first + number, due));
    }
    await Promise.all(under);
}
const answered: Answered = {
    seconds: (performance.now() - began) / 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    slowest: percentile(times, 1),
    refused,
};
process.stdout.write(`${JSON.stringify(answered)}\n`);
agent.destroy();
