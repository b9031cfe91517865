/**
 * A webhook of many events, as Meta sends it: one event per entry, compact JSON, everything beyond ASCII and `/` escaped.
 * The shapes are those of `tests/payloads/messenger`, ids and links as long as real ones.
 * https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
 */
import { createHmac } from 'node:crypto';

export const PAGE = '108000000000001';
export const SECRET = '0123456789abcdef0123456789abcdef';

export interface Signed {
    /** What goes over the wire. */
    bytes: Buffer;
    /** `x-hub-signature-256`. */
    sha256: string;
    /** `x-hub-signature`, which Meta still sends and older packages check. */
    sha1: string;
}

const TEXTS = [
    'Hi! Is the blue one still there in size 42?',
    'Können Sie mir die Rechnung noch einmal schicken? Danke 🙏',
    'ok',
    'My order 100482 has not arrived yet, the tracking page says it was delivered on Monday. https://shop.example/orders/100482?ref=mail',
    'Quanto custa o envio para São Paulo?',
    'yes please 👍',
];

/** An event's own fields, by how it comes in a working day: most are texts, and each text brings receipts. */
function event(number: number): Record<string, unknown> {
    const mid = `m_${Buffer.from(`bench message ${String(number).padStart(6, '0')} with an id of usual length, say 90`).toString('base64url')}`;
    const link = `https://scontent.xx.fbcdn.net/v/t1.15752-9/${String(number)}_n.jpg?_nc_cat=104&ccb=1-7&_nc_sid=58cb60&oh=03_Q7cD1wGk${String(number)}&oe=691F0000`;
    switch (number % 10) {
        case 3:
            return { message: { mid, text: 'Plan A', quick_reply: { payload: 'PLAN_A' } } };
        case 5:
            return { message: { mid, attachments: [{ type: 'image', payload: { url: link } }] } };
        case 6:
            return { message: { mid, text: 'that one', reply_to: { mid: `${mid}R` } } };
        case 7:
            return { postback: { mid, title: 'Get Started', payload: 'GET_STARTED', referral: { ref: 'camp1', source: 'SHORTLINK', type: 'OPEN_THREAD' } } };
        case 8:
            return { delivery: { mids: [mid], watermark: 1731931200000 + number } };
        case 9:
            return { read: { watermark: 1731931200000 + number } };
        default:
            return { message: { mid, text: TEXTS[number % TEXTS.length] } };
    }
}

export function body(events: number): Signed {
    const entry = Array.from({ length: events }, (_, number) => ({
        id: PAGE,
        time: 1731931200123 + number,
        messaging: [
            {
                sender: { id: String(7_400_000_000_000_000 + number * 7919) },
                recipient: { id: PAGE },
                timestamp: 1731931200001 + number,
                ...event(number),
            },
        ],
    }));
    const escaped = JSON.stringify({ object: 'page', entry })
        .replaceAll('/', '\\/')
        .replaceAll('<', '\\u003C')
        .replaceAll(/[%@]|[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const bytes = Buffer.from(escaped);
    const sign = (algorithm: string): string => `${algorithm}=${createHmac(algorithm, SECRET).update(bytes).digest('hex')}`;
    return { bytes, sha256: sign('sha256'), sha1: sign('sha1') };
}
