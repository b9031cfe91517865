import type { Core } from '../core.js';
import type { MessageDoc, RoomDoc } from '../model.js';
import { isIgnoredByMetrics, type Contacts } from './contacts.js';

/**
 * What a new message changes in its Omnichannel room: whether the room waits for an answer, response times, the contact's
 * activity, and the clocks of abandonment and automatic transfer. An edit changes none of it.
 * https://github.com/RocketChat/Rocket.Chat/tree/develop/apps/meteor/app/livechat/server/hooks (`markRoomResponded`,
 * `saveAnalyticsData`), https://github.com/RocketChat/Rocket.Chat/tree/develop/apps/meteor/ee/app/livechat-enterprise/server/hooks
 * (`setPredictedVisitorAbandonmentTime`, `scheduleAutoTransfer`)
 */
export function afterOmnichannelMessage(core: Core, contacts: Contacts, message: MessageDoc, room: RoomDoc): Partial<RoomDoc> {
    if (message.t !== undefined) {
        return {};
    }
    const asked = room.metrics?.v?.lq ?? room.ts;
    const replied = room.metrics?.servedBy?.lr ?? room.ts;
    if (message.token !== undefined) {
        const metrics = replied >= asked ? { ...room.metrics, v: { lq: message.ts } } : room.metrics;
        // Each question of the customer's has a first answer of its own.
        const responseBy = room.waitingResponse === true ? room.responseBy : undefined;
        return { waitingResponse: true, responseBy, metrics, v: room.v === undefined ? undefined : { ...room.v, lastMessageTs: message.ts } };
    }
    // Whoever the author is.
    const transfer = { autoTransferOngoing: undefined };
    if (isIgnoredByMetrics(core, core.collections.users.get(message.u._id))) {
        return transfer;
    }
    const isFirst = room.waitingResponse === true;
    const by = isFirst ? { _id: message.u._id, username: message.u.username, firstResponseTs: message.ts } : room.responseBy;
    return {
        ...transfer,
        v: contacts.markActive(room),
        waitingResponse: undefined,
        responseBy: by === undefined ? undefined : { ...by, lastMessageTs: message.ts },
        metrics: asked > replied || room.metrics?.servedBy?.lr === undefined ? answered(room, message.ts, asked) : room.metrics,
        omnichannel: isFirst ? abandonment(core, room) : room.omnichannel,
    };
}

/** A response is from the customer's first unanswered message to the answer; seconds, as the server keeps them. */
function answered(room: RoomDoc, at: Date, asked: Date): RoomDoc['metrics'] {
    const seconds = (at.getTime() - asked.getTime()) / 1000;
    const { total = 0, tt = 0, fd, ft } = room.metrics?.response ?? {};
    const response = { total: total + 1, tt: tt + seconds, avg: (tt + seconds) / (total + 1), fd: fd ?? at, ft: ft ?? seconds };
    return { ...room.metrics, response, servedBy: { lr: at } };
}

/** When the room counts as abandoned, by the customer's last message. */
function abandonment(core: Core, room: RoomDoc): RoomDoc['omnichannel'] {
    const seconds = core.setting<number>('Livechat_visitor_inactivity_timeout');
    const last = room.v?.lastMessageTs;
    if (core.setting<string>('Livechat_abandoned_rooms_action') === 'none' || seconds <= 0 || last === undefined) {
        return room.omnichannel;
    }
    return { predictedVisitorAbandonmentAt: new Date(last.getTime() + seconds * 1000) };
}
