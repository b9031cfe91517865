/** Slash commands. Source: apps/meteor/app/api/server/v1/commands.ts. */
import { z } from 'zod';
import { check, failure, forbidden, page, type Rest } from '../rest.js';

const Run = z.object({
    command: z.string().min(1),
    params: z.string().nullish(),
    roomId: z.string().min(1),
    tmid: z.string().nullish(),
    triggerId: z.string().nullish(),
});

export function commandsRoutes(rest: Rest): void {
    rest.get('commands.list', (call) => {
        const { items, ...rest } = page(call, call.workspace.commands());
        return { commands: items, appsLoaded: true, ...rest };
    });

    rest.get('commands.get', ({ workspace, query }) => {
        const { command } = check(z.object({ command: z.string() }), query);
        const found = workspace.commands().find((one) => one.command === command.toLowerCase());
        if (!found) throw failure('There is no command in the system by that name');
        return { command: found };
    });

    rest.post('commands.run', async ({ workspace, user, body }) => {
        const { command, params, roomId, tmid, triggerId } = check(Run, body);
        const name = command.toLowerCase();
        if (!workspace.commands().some((one) => one.command === name && one.enabled)) {
            throw failure('The command provided does not exist (or is disabled).');
        }
        if (!workspace.canAccessRoom(roomId, user._id)) throw forbidden('User does not have access to this room');
        if (tmid && workspace.message(tmid)?.rid !== roomId) throw failure('Invalid thread.');
        await workspace.runCommand(user._id, {
            command: name,
            params: params ?? '',
            rid: roomId,
            ...(tmid && { tmid }),
            ...(triggerId && { triggerId }),
        });
        return {};
    });
}
