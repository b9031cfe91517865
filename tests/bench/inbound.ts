/**
 * `./build.sh bench`: texts of many customers through the installed package, from Meta's POST to the message in the room,
 * as many as go through and at a steady rate.
 *
 * OMNI_BENCH_MESSAGES, say 100000, sends that many more and prints what memory the app's process holds on the way.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WORLD } from '../e2e/sim.js';
import { APP_ID, Stack } from '../e2e/stack.js';
import { held } from './figures.js';
import type { Answered, Load } from './load.js';

const PEOPLE = 500;
const SATURATING = 3_000;
const AT_ONCE = 20;
const PER_SECOND = 300;
const STEADY_SECONDS = 10;
const SAMPLES = 10;

const run = promisify(execFile);
const program = fileURLToPath(new URL('load.ts', import.meta.url));

/** Messages sent so far: their numbers tell them apart. */
let sent = 0;

async function load(stack: Stack, wanted: Omit<Load, 'sim' | 'page' | 'first' | 'people'>): Promise<Answered> {
    const argument: Load = { sim: stack.sim.url, page: WORLD.page, first: sent, people: PEOPLE, ...wanted };
    sent += wanted.messages;
    const { stdout } = await run(process.execPath, ['--import', 'tsx', program, JSON.stringify(argument)]);
    return JSON.parse(stdout) as Answered;
}

/** MB that the app's process holds. */
function resident(stack: Stack): number {
    const pid = stack.workspace.appProcessId(APP_ID);
    const status = pid === undefined ? '' : readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

export interface Row {
    what: string;
    measured: string;
    budget: string;
}

const speed = (messages: number, { seconds, p50, p99 }: Answered): string =>
    `${String(Math.round(messages / seconds))} messages/s, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;

export async function inbound(stack: Stack): Promise<Row[]> {
    const rows: Row[] = [];
    // Every conversation is open before anything counts.
    const opened = await load(stack, { messages: PEOPLE, atOnce: AT_ONCE });
    rows.push({ what: 'first messages, room and all', measured: speed(PEOPLE, opened), budget: 'none' });

    const most = await load(stack, { messages: SATURATING, atOnce: AT_ONCE });
    rows.push({
        what: `texts in, ${String(AT_ONCE)} at once`,
        measured: speed(SATURATING, most),
        budget: `${String(PER_SECOND)}/s: ${held(SATURATING / most.seconds >= PER_SECOND)}`,
    });

    const steady = await load(stack, { messages: PER_SECOND * STEADY_SECONDS, perSecond: PER_SECOND });
    rows.push({
        what: `texts in, ${String(PER_SECOND)} each second`,
        measured: speed(PER_SECOND * STEADY_SECONDS, steady),
        budget: `p99 100 ms: ${held(steady.p99 <= 100)}`,
    });
    let refused = opened.refused + most.refused + steady.refused;

    const many = Number(process.env['OMNI_BENCH_MESSAGES'] ?? 0);
    if (many > 0) {
        const samples = [resident(stack)];
        for (let sample = 1; sample <= SAMPLES; sample++) {
            const step = await load(stack, { messages: Math.round(many / SAMPLES), atOnce: AT_ONCE });
            refused += step.refused;
            samples.push(resident(stack));
            process.stderr.write(`${String(sent)} messages: ${speed(Math.round(many / SAMPLES), step)}; the app holds ${String(samples.at(-1))} MB\n`);
        }
        rows.push({
            what: `memory over ${String(many)} messages`,
            measured: `${samples.join(', ')} MB`,
            // The first tenth fills caches and heaps.
            budget: `flat: ${held((samples.at(-1) ?? NaN) <= 1.1 * (samples[1] ?? NaN))}`,
        });
    }

    await stack.workspace.settled();
    const texts = stack.workspace
        .rooms({ t: 'l' })
        .flatMap(({ _id }) => stack.messages(_id))
        .map(({ msg }) => msg)
        .filter((msg) => /^Message \d+$/.test(msg));
    const lost = sent - new Set(texts).size;
    const doubled = texts.length - new Set(texts).size;
    rows.push({
        what: 'lost, doubled, refused',
        measured: `${String(lost)}, ${String(doubled)}, ${String(refused)} of ${String(sent)}`,
        budget: `0: ${held(lost === 0 && doubled === 0 && refused === 0)}`,
    });
    return rows;
}
