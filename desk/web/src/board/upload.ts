import { Refused, Unanswered } from '../api/client';
import type { ListImport, Problem } from '../api/types';

/** What is to be imported; the names are those of the API. */
export interface Wish {
  kind: 'contacts' | 'do-not-call';
  campaign: string;
  region: string;
  dry: boolean;
}

/** queryOf is a wish as the API takes it. */
export function queryOf(wish: Wish, file: string): URLSearchParams {
  const query = new URLSearchParams({ kind: wish.kind, file });
  if (wish.campaign) query.set('campaign', wish.campaign);
  if (wish.kind === 'do-not-call' && wish.region) query.set('region', wish.region.toUpperCase());
  if (wish.dry) query.set('dry_run', 'true');
  return query;
}

/** typeOf is the media type that a file is sent as. */
export const typeOf = (file: string): string => (/\.gz$/i.test(file) ? 'application/gzip' : 'text/csv');

/** sizeOf is a size for people. */
export function sizeOf(bytes: number, number: (n: number) => string): string {
  for (const unit of ['B', 'kB', 'MB']) {
    if (bytes < 1000) return `${number(Math.round(bytes * 10) / 10)} ${unit}`;
    bytes /= 1000;
  }
  return `${number(Math.round(bytes * 10) / 10)} GB`;
}

/** upload sends a file, and tells how much of it has gone; fetch does not. */
export function upload(wish: Wish, file: File, sent: (share: number) => void): Promise<ListImport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/imports?${queryOf(wish, file.name)}`);
    request.setRequestHeader('Content-Type', typeOf(file.name));
    request.setRequestHeader('Idempotency-Key', `"${crypto.randomUUID()}"`);
    request.upload.onprogress = (event) => event.lengthComputable && sent(event.loaded / event.total);
    request.onerror = () => reject(new Unanswered('no answer'));
    request.onload = () => {
      let answer: unknown;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        reject(new Unanswered('an answer that is not of hasshin'));
        return;
      }
      if (request.status < 300) resolve(answer as ListImport);
      else reject(new Refused(answer as Problem));
    };
    request.send(file);
  });
}
