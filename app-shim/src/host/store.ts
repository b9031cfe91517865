import { RocketChatAssociationModel, RocketChatAssociationRecord } from '@rocket.chat/apps-engine/definition/metadata';
import type { JsonValue } from '../generated/serde_json/JsonValue';
import { type Ground, type Handlers, permitted } from './side';

const record = (key: string): RocketChatAssociationRecord => new RocketChatAssociationRecord(RocketChatAssociationModel.MISC, key);

export const store: Handlers<'store_read' | 'store_create' | 'store_update' | 'store_remove' | 'store_take'> = {
    async store_read(ground, call) {
        const reader = ground.read.getPersistenceReader();
        return permitted(await reader.readByAssociation(record(call.key))) as JsonValue[];
    },
    async store_create(ground, call) {
        permitted(await ground.persistence().createWithAssociations(call.record as object, call.keys.map(record)));
        return null;
    },
    async store_update(ground, call) {
        // What it answers differs between server versions.
        await ground.persistence().updateByAssociations(call.keys.map(record), call.record as object, call.upsert);
        return null;
    },
    async store_remove(ground, call) {
        return (await removed(ground, call.keys)).length;
    },
    async store_take(ground, call) {
        return removed(ground, [call.key]);
    },
};

async function removed(ground: Ground, keys: string[]): Promise<JsonValue[]> {
    const gone: unknown = await ground.persistence().removeByAssociations(keys.map(record));
    return Array.isArray(gone) ? (gone as JsonValue[]) : [];
}
