/**
 * Stands in for the engine's `error-handlers.ts`. Node reports an unhandled rejection as an uncaught exception with
 * that origin, so one listener covers both, and the process lives on as it does under Deno.
 */
// @ts-expect-error -- resolved by the bundler beside the engine file this one replaces.
import * as messenger from './lib/messenger.ts';

const { sendNotification } = messenger as { sendNotification: (call: { method: string; params: unknown[] }) => void };

export default function registerErrorListeners(): void {
    process.on('uncaughtException', (error: unknown, origin) => {
        sendNotification({
            method: origin,
            params: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
        });
    });
}
