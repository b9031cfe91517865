import { found, type Core } from '../core.js';
import { randomId } from '../ids.js';
import { WorkspaceError, type CustomFieldOptions, type VisitorDoc, type VisitorExternalId } from '../model.js';
import type { Contacts } from './contacts.js';
import type { Departments } from './departments.js';

export interface GuestData {
    token: string;
    id?: string;
    name?: string;
    username?: string;
    department?: string;
    email?: string;
    phone?: string;
}

/** What the server says of a value that does not match, in some languages of workspaces. */
const UNFIT: Record<string, string> = {
    en: 'Invalid value for {{field}} field',
    de: 'Ungültiger Wert für das Feld {{field}}',
    pt: 'Valor inválido para o campo {{field}}',
};

/** People who write from outside. */
export class Visitors {
    constructor(
        private readonly core: Core,
        private readonly departments: Departments,
        private readonly contacts: Contacts,
    ) {}

    get(id: string): VisitorDoc | undefined {
        return this.core.collections.visitors.get(id);
    }

    byToken(token: string): VisitorDoc | undefined {
        return this.core.collections.visitors.findOne({ token });
    }

    byEmail(email: string): VisitorDoc | undefined {
        return this.all().find((visitor) => visitor.visitorEmails?.some(({ address }) => address === email));
    }

    byPhone(phone: string): VisitorDoc | undefined {
        return this.all().find((visitor) => visitor.phone?.some(({ phoneNumber }) => phoneNumber === phone));
    }

    all(): VisitorDoc[] {
        return this.core.collections.visitors.find();
    }

    /**
     * The server's `registerGuest`: matched by token, else by phone (which keeps the old token), else by e-mail (which
     * takes the new one). The username is set only when the visitor is new. Contacts hear of a name that is given, even of
     * the one the visitor has.
     */
    register(guest: GuestData): VisitorDoc {
        if (guest.token === '') {
            throw new WorkspaceError('error-invalid-token', 'Invalid token');
        }
        const department = guest.department === undefined || guest.department === '' ? undefined : this.#department(guest.department);
        const known =
            this.byToken(guest.token) ??
            (guest.phone === undefined ? undefined : this.byPhone(guest.phone)) ??
            (guest.email === undefined ? undefined : this.byEmail(guest.email));
        const at = this.core.date();
        const byPhone = known !== undefined && known.token !== guest.token && known.phone?.some(({ phoneNumber }) => phoneNumber === guest.phone);
        const base: VisitorDoc = known ?? {
            _id: guest.id ?? randomId(),
            token: guest.token,
            username: guest.username ?? this.#guestName(),
            status: 'online',
            ts: at,
            _updatedAt: at,
        };
        const visitor: VisitorDoc = {
            ...base,
            token: byPhone === true ? base.token : guest.token,
            name: guest.name ?? base.name,
            department: department ?? base.department,
            phone: guest.phone === undefined ? base.phone : [{ phoneNumber: guest.phone }],
            visitorEmails: guest.email === undefined ? base.visitorEmails : [{ address: guest.email }],
            _updatedAt: at,
        };
        this.core.collections.visitors.put(visitor);
        this.contacts.merge(visitor._id, guest.name);
        this.core.emit('visitor', visitor);
        return visitor;
    }

    /** Find or create by an id of another service. The search is not scoped by app, as on the server. */
    resolve(externalId: VisitorExternalId, contact?: { phone?: string; email?: string }): VisitorDoc {
        const known =
            this.all().find((visitor) => visitor.externalIds?.some(({ entityId }) => entityId === externalId.entityId)) ??
            (contact?.phone === undefined ? undefined : this.byPhone(contact.phone)) ??
            (contact?.email === undefined ? undefined : this.byEmail(contact.email));
        return this.#withExternalId(known ?? this.register({ token: randomId(), phone: contact?.phone, email: contact?.email }), externalId);
    }

    updateExternalId(visitorId: string, externalId: VisitorExternalId): VisitorDoc | undefined {
        const visitor = this.get(visitorId);
        return visitor === undefined ? undefined : this.#withExternalId(visitor, externalId);
    }

    /** An administrator defines a field that visitors or their rooms may have. */
    defineCustomField(key: string, options: CustomFieldOptions = {}): void {
        this.core.collections.customFields.put({ _id: key, ...options });
    }

    /**
     * Sets one field; 0 when there is nothing to set it on, or it is there and may not be replaced. A value that does not fit
     * is refused in the workspace's language, with no code to go by.
     * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/livechat/server/lib/custom-fields.ts
     */
    setCustomField(token: string, key: string, value: string, overwrite: boolean): number {
        const field = this.core.collections.customFields.get(key);
        if (field === undefined) {
            throw new Error('invalid-custom-field');
        }
        if ((field.regexp ?? '') !== '' && !new RegExp(field.regexp ?? '').test(value)) {
            const language = this.core.setting<string>('Language').slice(0, 2);
            throw new Error((UNFIT[language] ?? UNFIT['en'] ?? '').replace('{{field}}', key));
        }
        if (field.scope === 'room') {
            const room = this.core.collections.rooms.findOne({ t: 'l', open: true, token });
            if (room === undefined || (!overwrite && room.livechatData?.[key] !== undefined)) {
                return 0;
            }
            this.core.collections.rooms.put({ ...room, livechatData: { ...room.livechatData, [key]: value } });
            return 1;
        }
        const visitor = this.byToken(token);
        if (visitor === undefined || (!overwrite && visitor.livechatData?.[key] !== undefined)) {
            return 0;
        }
        this.core.collections.visitors.put({ ...visitor, livechatData: { ...visitor.livechatData, [key]: value }, _updatedAt: this.core.date() });
        return 1;
    }

    #withExternalId(visitor: VisitorDoc, externalId: VisitorExternalId): VisitorDoc {
        const others = (visitor.externalIds ?? []).filter(({ entityId }) => entityId !== externalId.entityId);
        return this.core.collections.visitors.put({ ...visitor, externalIds: [...others, externalId], _updatedAt: this.core.date() });
    }

    #department(idOrName: string): string {
        return found(this.departments.find(idOrName), 'error-invalid-department', 'The provided department is invalid')._id;
    }

    #guestName(): string {
        const counter = this.core.db.transaction(() => {
            const value = (this.core.collections.counters.get('livechat-guests')?.value ?? 0) + 1;
            return this.core.collections.counters.put({ _id: 'livechat-guests', value });
        });
        return `guest-${String(counter.value)}`;
    }
}
