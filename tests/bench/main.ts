/**
 * `./build.sh bench`: sizes, times and round trips of the package that users install, each beside its budget, measured in one
 * run inside the real engine. Prints a table; nothing here passes or fails.
 */
import { readFileSync, statSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WORLD } from '../e2e/sim.js';
import { APP_ID, PACKAGE, Stack } from '../e2e/stack.js';
import { held, kB } from './figures.js';
import { inbound, type Row } from './inbound.js';

const rows: Row[] = [];
/** A figure, and the most it may be. */
const row = (what: string, measured: string, value: number, most: number, unit: string): void => {
    rows.push({ what, measured, budget: `${String(most)} ${unit}: ${held(value <= most)}`.replace(' :', ':') });
};

const zip = statSync(PACKAGE).size;
row('zip', kB(zip), zip / 1000, 800, 'kB');
const wasm = readFileSync(fileURLToPath(new URL('../../app-shim/src/generated/omni_wasm.opt.wasm', import.meta.url))).length;
rows.push({ what: 'wasm after wasm-opt', measured: kB(wasm), budget: 'none' });

const stack = await Stack.open();
const install = Math.round(stack.installed?.durationMs ?? NaN);
row('install + enable', `${String(install)} ms`, install, 250, 'ms');
await stack.connect('facebook');

/** Round trips that an action costs: the fewest of several times, since the minute's job may run beside it. */
async function trips(what: string, act: () => Promise<unknown>): Promise<void> {
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
    row(what, `${String(fewest?.length)} (${fewest?.join(', ') ?? ''})`, fewest?.length ?? NaN, 4, '');
}

await stack.sim.customer('anna', { account: WORLD.page, text: 'Hello' });
const room = await stack.openRoom('facebook', WORLD.page, 'anna');
const agent = room.servedBy?.username ?? 'agent1';
await stack.agentSays(agent, room._id, 'Hello');
await trips('round trips, text in', () => stack.sim.customer('anna', { account: WORLD.page, text: 'One more' }));
await trips('round trips, text out', () => stack.agentSays(agent, room._id, 'One more'));

await stack.workspace.settled();
const MINUTES = 20;
// The first minutes look after what was just done.
await stack.workspace.advanceTime(MINUTES * 60_000);
await stack.workspace.settled();
stack.workspace.clearRoundTrips();
await stack.workspace.advanceTime(MINUTES * 60_000);
await stack.workspace.settled();
const idle = stack.workspace.roundTrips(APP_ID).length / MINUTES;
row('round trips a minute, idle', idle.toFixed(1), idle, 4, '');

rows.push(...(await inbound(stack)));
await stack.close();

const width = Math.max(...rows.map(({ what }) => what.length));
process.stdout.write(`${String(cpus().length)} cores, ${cpus()[0]?.model ?? 'unknown'}, ${platform()} ${arch()}, Node.js ${process.version}, load ${loadavg().map((load) => load.toFixed(1)).join(' ')}\n\n`);
for (const { what, measured, budget } of rows) {
    process.stdout.write(`${what.padEnd(width)}  ${measured}   (budget ${budget})\n`);
}
