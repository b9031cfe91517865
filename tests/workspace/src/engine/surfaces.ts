import type { Core } from '../core.js';
import type { Surface } from '../model.js';

/** Modals and contextual bars on users' screens; the server streams them to clients and keeps none. */
export class Surfaces {
    readonly #shown = new Map<string, Surface[]>();

    constructor(private readonly core: Core) {}

    /** Takes an interaction as the engine gives it, from a bridge call or as the answer to a user's action. */
    show(userId: string, interaction: Record<string, unknown>): void {
        const view = interaction['view'] as Record<string, unknown> | undefined;
        const surface: Surface = {
            appId: String(interaction['appId']),
            userId,
            type: String(interaction['type']),
            triggerId: interaction['triggerId'] as string | undefined,
            viewId: (interaction['viewId'] ?? view?.['id']) as string | undefined,
            view,
            errors: interaction['errors'] as Record<string, string> | undefined,
            at: this.core.date(),
        };
        this.#shown.set(userId, [...(this.#shown.get(userId) ?? []), surface]);
        this.core.emit('surface', surface);
    }

    of(userId: string): Surface[] {
        return this.#shown.get(userId) ?? [];
    }

    /** The last opened view, or the one named, with its updates and errors, unless closed since. */
    open(userId: string, viewId?: string): Surface | undefined {
        let current: Surface | undefined;
        for (const surface of this.of(userId)) {
            if (viewId !== undefined && surface.viewId !== viewId) {
                continue;
            }
            if (surface.type.endsWith('.close')) {
                current = surface.viewId === undefined || surface.viewId === current?.viewId ? undefined : current;
            } else if (surface.type === 'errors') {
                current = current?.viewId === surface.viewId && current !== undefined ? { ...current, errors: surface.errors } : current;
            } else if (surface.type.endsWith('.open') || current?.viewId === surface.viewId) {
                current = surface;
            }
        }
        return current;
    }

    /** The user closed the view, or its submission was accepted. */
    close(userId: string, appId: string, viewId: string): void {
        this.show(userId, { appId, type: 'modal.close', viewId });
    }
}
