/** What is sent to the program: files to import, and documents with the version that they were written on. */
import { answer, api, Failure, type Schemas } from '../api/client';
import { withTable } from './connect';
import { session } from './session.svelte';

/** Sends a file; `told` hears how many bytes have gone. */
export function send(file: File, told: (bytes: number) => void): Promise<Schemas['Uploaded']> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/v1/uploads?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    const token = session.who?.csrf_token;
    if (token) request.setRequestHeader('x-csrf-token', token);
    request.responseType = 'json';
    request.upload.onprogress = (event) => told(event.loaded);
    request.onerror = () => failed(new Failure(0, 'Not sent', `${file.name}: the connection broke off. Send it again; a file is at most 1,024 MiB.`));
    request.onload = () => {
      const body = request.response as (Schemas['Uploaded'] & { title?: string; detail?: string }) | null;
      if (request.status === 201 && body) done(body);
      else failed(new Failure(request.status, body?.title ?? 'Not taken', body?.detail ?? `${file.name}: the program did not take it.`));
    };
    request.send(file);
  });
}

/** A document of a kind as it was written, and the tag of its version; empty where there is none yet. */
export async function documentOf(kind: string, signal?: AbortSignal): Promise<{ text: string; tag: string | null }> {
  const asked = api.GET('/v1/documents/{kind}', { params: { path: { kind } }, parseAs: 'text', signal });
  try {
    const text = await answer(asked as Promise<{ data?: string; error?: unknown; response: Response }>);
    return { text, tag: (await asked).response.headers.get('etag') };
  } catch (error) {
    if (Failure.of(error).missing) return { text: '', tag: null };
    throw error;
  }
}

/** Checks a document, or publishes it in place of the version that it was written on. */
export const putDocument = (kind: string, text: string, dryRun: boolean, tag: string | null, signal?: AbortSignal): Promise<Schemas['Published']> =>
  answer(
    api.PUT('/v1/documents/{kind}', {
      params: { path: { kind }, query: { dry_run: dryRun } },
      body: text as never,
      bodySerializer: (body: unknown) => body as string,
      headers: { 'content-type': 'application/toml', ...(dryRun ? {} : { 'if-match': tag ?? '*' }) },
      signal,
    }),
  );

/** Publishes a document with one table more than what is in force. */
export async function addTable(kind: string, table: string): Promise<void> {
  const { text, tag } = await documentOf(kind);
  await putDocument(kind, withTable(text, table), false, tag);
}
