import type { Core } from '../core.js';
import { Contacts } from './contacts.js';
import { Departments } from './departments.js';
import { Livechat } from './livechat.js';
import { Messages } from './messages.js';
import { Rooms } from './rooms.js';
import { Settings } from './settings.js';
import { Uploads } from './uploads.js';
import { Users } from './users.js';
import { Visitors } from './visitors.js';

/** Rocket.Chat without apps. */
export interface Domain {
    settings: Settings;
    users: Users;
    departments: Departments;
    contacts: Contacts;
    visitors: Visitors;
    rooms: Rooms;
    messages: Messages;
    livechat: Livechat;
    uploads: Uploads;
}

export function makeDomain(core: Core): Domain {
    const settings = new Settings(core);
    const users = new Users(core);
    const departments = new Departments(core);
    const contacts = new Contacts(core);
    const visitors = new Visitors(core, departments, contacts);
    const rooms = new Rooms(core, users);
    const messages = new Messages(core, users, rooms, contacts);
    const livechat = new Livechat(core, users, departments, contacts, rooms, messages);
    const uploads = new Uploads(core, users, visitors, rooms, messages);
    return { settings, users, departments, contacts, visitors, rooms, messages, livechat, uploads };
}
