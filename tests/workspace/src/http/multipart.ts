/** `multipart/form-data` bodies: one file part and text fields. */
import busboy from 'busboy';
import type { Request } from 'express';
import { failure } from './rest.js';

export interface UploadedForm {
    fields: Record<string, string>;
    file?: { filename: string; mimetype: string; content: Buffer };
}

/**
 * Reads the body; `field` is the name the file part must have.
 *
 * Refuses with the server's codes: `invalid-field`, `error-file-too-large`, or 'No file uploaded'-like words when the
 * body is no form at all.
 */
export function readForm(request: Request, field: string, sizeLimit: number): Promise<UploadedForm> {
    return new Promise((resolve, reject) => {
        let parser;
        try {
            parser = busboy({
                headers: request.headers,
                defParamCharset: 'utf8',
                // -1: the setting's way to say "no limit".
                limits: { files: 1, ...(sizeLimit >= 0 && { fileSize: sizeLimit }) },
            });
        } catch {
            reject(failure('The request body must be multipart/form-data. [error-invalid-body]', 'error-invalid-body'));
            return;
        }
        const form: UploadedForm = { fields: {} };
        parser.on('field', (name, value) => {
            form.fields[name] = value;
        });
        parser.on('file', (name, stream, { filename, mimeType }) => {
            if (name !== field) {
                stream.resume();
                reject(failure(`The file must come in the field "${field}". [invalid-field]`, 'invalid-field'));
                return;
            }
            const chunks: Buffer[] = [];
            stream.on('data', (chunk: Buffer) => chunks.push(chunk));
            stream.on('limit', () => {
                reject(
                    failure(
                        'The file is larger than FileUpload_MaxFileSize. [error-file-too-large]',
                        'error-file-too-large',
                    ),
                );
            });
            stream.on('close', () => {
                form.file = { filename: filename ?? '', mimetype: mimeType, content: Buffer.concat(chunks) };
            });
        });
        parser.on('close', () => {
            resolve(form);
        });
        parser.on('error', () => {
            reject(failure('The form in the request body is damaged. [error-invalid-body]', 'error-invalid-body'));
        });
        request.pipe(parser);
    });
}
