import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import type { ContactDoc, RoomDoc, RoomSource, UserDoc, VisitorDoc } from '../model.js';

const LIMIT = 'monthly-contacts';

/**
 * The people behind visitors, as servers from 7.1 on have them: agents see and rename these, rooms carry their names.
 * https://github.com/RocketChat/Rocket.Chat/tree/develop/apps/meteor/app/livechat/server/lib/contacts
 */
export class Contacts {
    constructor(private readonly core: Core) {}

    get(id: string): ContactDoc | undefined {
        return this.core.collections.contacts.get(id);
    }

    ofVisitor(visitorId: string): ContactDoc[] {
        return this.core.collections.contacts.find({ visitorId });
    }

    /** The contact of a visitor on one channel, made of the visitor when there is none: `migrateVisitorIfMissingContact`. */
    forRoom(visitor: Pick<VisitorDoc, '_id' | 'username' | 'name' | 'activity'>, source: RoomSource): ContactDoc {
        const here = this.ofVisitor(visitor._id).find(({ channels }) => channels.some(({ visitor: { source: known } }) => isSame(known, source)));
        return (
            here ??
            this.core.collections.contacts.put({
                _id: randomId(),
                name: visitor.name ?? visitor.username,
                unknown: (visitor.activity ?? []).length === 0,
                channels: [{ name: source.label ?? source.type, visitor: { visitorId: visitor._id, source: { type: source.type, id: source.id } }, blocked: false, verified: false }],
                activity: visitor.activity,
                createdAt: this.core.date(),
            })
        );
    }

    /**
     * What a visitor is saved with goes into the visitor's contacts: the server's `ContactMerger`. A known contact keeps its
     * name, and another one becomes a conflict that agents are asked about; one that nobody has touched takes it over.
     */
    merge(visitorId: string, name: string | undefined): void {
        if (name === undefined) {
            // A username never replaces or contradicts a name.
            return;
        }
        for (const contact of this.ofVisitor(visitorId)) {
            const conflicts = contact.conflictingFields ?? [];
            if (contact.name === name || conflicts.some(({ value }) => value === name)) {
                continue;
            }
            const change = contact.unknown ? { name } : { conflictingFields: [...conflicts, { field: 'name', value: name }] };
            this.core.collections.contacts.update(contact._id, change);
        }
    }

    /** An agent renames the contact. Its rooms, open and closed, and their queue entries are called so from then on. */
    rename(contactId: string, name: string): ContactDoc {
        const { contacts, rooms, inquiries } = this.core.collections;
        return this.core.db.transaction(() => {
            const contact = found(contacts.update(contactId, { name, unknown: false }), 'error-contact-not-found');
            for (const room of rooms.find({ contactId })) {
                rooms.update(room._id, { fname: name });
                for (const inquiry of inquiries.find({ rid: room._id })) {
                    inquiries.update(inquiry._id, { name });
                }
            }
            return contact;
        });
    }

    /** The contacts that count for a month's licence. */
    active(month = this.#month()): ContactDoc[] {
        return this.core.collections.contacts.find().filter(({ activity }) => activity?.includes(month) === true);
    }

    /** How many contacts the licence allows a month; without a number as many as come. */
    limit(most: number | undefined): void {
        this.core.collections.counters.put({ _id: LIMIT, value: most ?? -1 });
    }

    /** Whether somebody may answer in the room: its contact counts already, or one more may. */
    isWithinLimit(room: RoomDoc): boolean {
        const most = this.core.collections.counters.get(LIMIT)?.value ?? -1;
        return most < 0 || room.v?.activity?.includes(this.#month()) === true || this.active().length < most;
    }

    /** Somebody answered: the contact counts this month. */
    markActive(room: RoomDoc): RoomDoc['v'] {
        const month = this.#month();
        const contact = room.contactId === undefined ? undefined : this.get(room.contactId);
        if (contact !== undefined && contact.activity?.includes(month) !== true) {
            this.core.collections.contacts.update(contact._id, { activity: [...(contact.activity ?? []), month].slice(-12) });
        }
        const known = room.v?.activity ?? [];
        return room.v === undefined || known.includes(month) ? room.v : { ...room.v, activity: [...known, month] };
    }

    #month(): string {
        return this.core.date().toISOString().slice(0, 7);
    }
}

/** Whether the server leaves the user's messages out of its metrics. */
export function isIgnoredByMetrics(core: Core, user: Pick<UserDoc, 'roles'> | undefined): boolean {
    return core.setting<boolean>('Omnichannel_Metrics_Ignore_Automatic_Messages') && user?.roles.includes('bot') === true;
}

function isSame(one: { type: string; id?: string }, other: RoomSource): boolean {
    return one.type === other.type && (other.id === undefined || one.id === other.id);
}
