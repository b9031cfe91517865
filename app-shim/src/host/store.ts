import { RocketChatAssociationModel, RocketChatAssociationRecord } from '@rocket.chat/apps-engine/definition/metadata';
import type { JsonValue } from '../generated/serde_json/JsonValue';
import { type Handlers, type HostContext, permitted } from './context';

const record = (key: string): RocketChatAssociationRecord => new RocketChatAssociationRecord(RocketChatAssociationModel.MISC, key);

export const store: Handlers<'store_read' | 'store_create' | 'store_update' | 'store_remove' | 'store_take'> = {
    async store_read(context, call) {
        const reader = context.read.getPersistenceReader();
        return permitted(await reader.readByAssociation(record(call.key))) as JsonValue[];
    },
    async store_create(context, call) {
        permitted(await context.persistence().createWithAssociations(call.record as object, call.keys.map(record)));
        return null;
    },
    async store_update(context, call) {
        // What it answers differs between server versions.
        await context.persistence().updateByAssociations(call.keys.map(record), call.record as object, call.upsert);
        return null;
    },
    async store_remove(context, call) {
        return (await removed(context, call.keys)).length;
    },
    async store_take(context, call) {
        return removed(context, [call.key]);
    },
};

async function removed(context: HostContext, keys: string[]): Promise<JsonValue[]> {
    const gone: unknown = await context.persistence().removeByAssociations(keys.map(record));
    return Array.isArray(gone) ? (gone as JsonValue[]) : [];
}
