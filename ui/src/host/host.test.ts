import { afterEach, describe, expect, it, vi } from 'vitest';
import { blob_of, HostProblem } from './host';
import { web_host } from './web';

afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })));

describe('whatever goes wrong', () => {
  it('arrives with its code, field, patience and findings', () => {
    const finding = { field: 'f', code: 'required' as const, message: '', warning: false };
    const problem = HostProblem.from({ code: 'too_many', message: 'm', field: 'f', retry_after: 3, findings: [finding] });
    expect(problem).toMatchObject({ code: 'too_many', field: 'f', retry_after: 3, findings: [finding] });
    expect(HostProblem.from(problem)).toBe(problem);
  });

  it('without a code is an internal problem', () => {
    for (const thrown of ['not allowed', undefined, new Error('x'), { message: 'x' }]) {
      expect(HostProblem.from(thrown).code).toBe('internal');
    }
  });
});

describe('bytes', () => {
  it('are called a picture by what they are', () => {
    expect(blob_of(Uint8Array.of(0x89, 0x50, 0x4e)).type).toBe('image/png');
    expect(blob_of([0xff, 0xd8, 0xff]).type).toBe('image/jpeg');
    expect(blob_of(new ArrayBuffer(2)).type).toBe('application/octet-stream');
    expect(blob_of(Uint8Array.of(0x89, 0x50, 0x4e).buffer).size).toBe(3);
  });
});

describe('the browser mode', () => {
  it('posts a command below its window', async () => {
    answer(200, { language: 'de' });
    await web_host().call('language_set', { language: 'de' });
    expect(fetch).toHaveBeenCalledWith('/call/menu/language_set', expect.objectContaining({ method: 'POST', body: '{"language":"de"}' }));
  });

  it('throws the problem of the body', async () => {
    answer(409, { code: 'changed', message: 'changed' });
    await expect(web_host().call('request_get', { request: 'req_1' })).rejects.toMatchObject({ code: 'changed' });
  });

  it('throws where the server is gone or answers rubbish', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
    await expect(web_host().call('overview_get', {})).rejects.toBeInstanceOf(HostProblem);
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }));
    await expect(web_host().call('overview_get', {})).rejects.toMatchObject({ code: 'internal' });
  });
});
