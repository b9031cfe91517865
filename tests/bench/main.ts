/**
 * `./build.sh bench`: sizes, times and round trips of the package that users install, each beside its budget, measured in one
 * run inside the real engine. Prints a table; nothing here passes or fails.
 */
import { readFileSync, statSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WORLD } from '../e2e/sim.js';
import { APP_ID, PACKAGE, Stack } from '../e2e/stack.js';

const MESSAGES = 2_000;
const PEOPLE = 50;
const AT_ONCE = 20;

const rows: { what: string; measured: string; budget: string }[] = [];
const row = (what: string, measured: string, budget: string): void => {
    rows.push({ what, measured, budget });
};
const kB = (bytes: number): string => `${String(Math.round(bytes / 1000))} kB`;

function percentile(sorted: number[], share: number): number {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

row('zip', kB(statSync(PACKAGE).size), '300 kB');
const wasm = fileURLToPath(new URL('../../app-shim/src/generated/omni_wasm.opt.wasm', import.meta.url));
row('wasm after wasm-opt', kB(readFileSync(wasm).length), '400 kB');

const stack = await Stack.open();
row('install + enable', `${String(Math.round(stack.installed?.durationMs ?? NaN))} ms`, '300 ms');
await stack.connect('facebook');

/** Round trips that an action costs: the fewest of several times, since the minute's job may run beside it. */
async function trips(act: () => Promise<unknown>): Promise<string> {
    let fewest: string[] | undefined;
    for (let time = 0; time < 8; time++) {
        await stack.workspace.settled();
        await sleep(500);
        stack.workspace.clearRoundTrips();
        await act();
        await stack.workspace.settled();
        const made = stack.workspace.roundTrips(APP_ID).map(({ method }) => method.replace(/^.*:/, ''));
        fewest = fewest === undefined || made.length < fewest.length ? made : fewest;
    }
    return `${String(fewest?.length)} (${fewest?.join(', ') ?? ''})`;
}

await stack.sim.customer('anna', { account: WORLD.page, text: 'Hello' });
const room = await stack.openRoom('facebook', WORLD.page, 'anna');
const agent = room.servedBy?.username ?? 'agent1';
await stack.agentSays(agent, room._id, 'Hello');
row('round trips, text in', await trips(() => stack.sim.customer('anna', { account: WORLD.page, text: 'One more' })), '4');
row('round trips, text out', await trips(() => stack.agentSays(agent, room._id, 'One more')), '4');

/** One text of one of many people, signed and posted as Meta does. */
async function deliver(number: number): Promise<void> {
    const messaging = {
        sender: { id: String(900_000_000_000_000 + (number % PEOPLE)) },
        recipient: { id: WORLD.page },
        timestamp: Date.now(),
        message: { mid: `m_bench_${String(number)}`, text: `Message ${String(number)}` },
    };
    await stack.sim.post('/deliver', { object: 'page', body: { object: 'page', entry: [{ time: Date.now(), id: WORLD.page, messaging: [messaging] }] } });
}

const times: number[] = [];
let next = 0;
const started = performance.now();
await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
        while (next < MESSAGES) {
            const began = performance.now();
            await deliver(next++);
            times.push(performance.now() - began);
        }
    }),
);
const seconds = (performance.now() - started) / 1000;
times.sort((a, b) => a - b);
const shown = stack.workspace
    .rooms({ t: 'l' })
    .flatMap(({ _id }) => stack.messages(_id))
    .filter(({ msg }) => /^Message \d+$/.test(msg)).length;
row('inbound through the engine', `${String(Math.round(MESSAGES / seconds))} messages/s, p99 ${String(Math.round(percentile(times, 0.99)))} ms`, '300/s, p99 100 ms');
row('lost or doubled', String(MESSAGES - shown), '0');
await stack.close();

const width = Math.max(...rows.map(({ what }) => what.length));
process.stdout.write(`${String(cpus().length)} cores, ${cpus()[0]?.model ?? 'unknown'}, ${platform()} ${arch()}, Node.js ${process.version}\n\n`);
for (const { what, measured, budget } of rows) {
    process.stdout.write(`${what.padEnd(width)}  ${measured}   (budget ${budget})\n`);
}
