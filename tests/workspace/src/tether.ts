import type { ChildProcess } from 'node:child_process';

/** This process, however it ends, must not leave the child behind with its port. */
export function tether(child: ChildProcess): void {
    const end = (): void => { child.kill(); };
    process.once('exit', end);
    child.once('exit', () => { process.off('exit', end); });
    // A signal ends a process without its `exit`, unless somebody listens for it.
    if (process.listenerCount('SIGTERM') === 0) {
        process.once('SIGTERM', () => process.exit(143));
    }
}
