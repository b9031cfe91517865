/**
 * 500 customers write while nobody is online, then one agent arrives: how long until the last of 500 conversations is open,
 * in which order, at what cost. Through the installed package in the real engine; `node --import tsx bench/ledger.ts`.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { WORLD } from '../e2e/sim.js';
import { APP_ID, eventually, Stack } from '../e2e/stack.js';

const CROWD = 500;

export interface LedgerFigures {
    customers: number;
    /** From the first message to the last one on the ledger, in milliseconds. */
    holdMs: number;
    /** From the agent's arrival to the last conversation complete, in milliseconds. */
    serveMs: number;
    /** Conversations that are open, each customer counted once. */
    served: number;
    /** Open conversations that a customer has beside the first: none is wanted. */
    surplus: number;
    /** Messages that are in them, of those that were written. */
    messages: string;
    /** Whether they were opened in the order in which their windows end. */
    inOrder: boolean;
    /** Calls of the app to the server for each conversation served. */
    roundTripsEach: number;
    /** Resident memory of the app's process while idle, while all waited, and at most while it served, in MB. */
    memoryMb: { idle: number; held: number; peak: number };
}

function resident(stack: Stack): number {
    try {
        const status = readFileSync(`/proc/${String(stack.workspace.appProcessId(APP_ID))}/status`, 'utf8');
        return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
        // Not a Linux machine, or the process is being replaced.
        return 0;
    }
}

export async function ledger(customers = CROWD): Promise<LedgerFigures> {
    const stack = await Stack.open();
    try {
        await stack.connect('facebook');
        const account = WORLD.page;
        const crowd = Array.from({ length: customers }, (_, at) => `waiting${String(at).padStart(4, '0')}`);
        for (const person of crowd) {
            await stack.sim.post(`/customers/${person}`, { first_name: person, last_name: 'Waits' });
        }
        stack.presence(['agent1', 'agent2'], false);
        const idle = resident(stack);
        const onLedger = (): number => stack.workspace.persistence(APP_ID).filter(({ data }) => (data as { kind: string }).kind === 'waiting').length;

        const began = performance.now();
        let written = 0;
        for (const [at, person] of crowd.entries()) {
            for (const text of at % 10 === 0 ? ['first', 'second'] : ['first']) {
                await stack.sim.customer(person, { account, text: `${text} of ${person}` });
                written += 1;
            }
        }
        await eventually(() => onLedger() === customers, 'all of them on the ledger', 60_000);
        const holdMs = Math.round(performance.now() - began);
        const held = resident(stack);

        stack.workspace.clearRoundTrips();
        const arrived = performance.now();
        stack.presence(['agent1'], true);
        let peak = held;
        while (onLedger() > 0 && performance.now() - arrived < 300_000) {
            peak = Math.max(peak, resident(stack));
            await sleep(250);
        }
        const serveMs = Math.round(performance.now() - arrived);

        const people = new Map<string, string>();
        for (const person of crowd) {
            people.set(await stack.token('facebook', account, person), person);
        }
        const rooms = stack.workspace.rooms({ t: 'l', open: true });
        const order = rooms
            .map((room) => ({ at: room.ts.getTime(), person: people.get(room.v?.token ?? '') ?? '' }))
            .filter(({ person }) => person !== '')
            .sort((one, other) => one.at - other.at)
            .map(({ person }) => person);
        const shown = rooms.flatMap((room) => stack.messages(room._id).filter(({ token }) => token !== undefined));
        const served = new Set(order).size;
        return {
            customers,
            holdMs,
            serveMs,
            served,
            surplus: order.length - served,
            messages: `${String(shown.length)} of ${String(written)}`,
            inOrder: order.length === customers && order.every((person, at) => person === crowd[at]),
            roundTripsEach: Math.round((stack.workspace.roundTrips(APP_ID).length / customers) * 10) / 10,
            memoryMb: { idle, held, peak },
        };
    } finally {
        await stack.close();
    }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const figures = await ledger(Number(process.env['OMNI_BENCH_CROWD'] ?? CROWD));
    process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
}
