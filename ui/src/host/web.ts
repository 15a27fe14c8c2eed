// The door in a plain browser: the same commands from a server on the loopback, for development and tests.

import type { DesktopEvent, Problem, WindowLabel } from '../bindings';
import { blob_of, HostProblem, type CommandName, type Host, type RequestOf, type ResponseOf } from './host';
import { screen_hash } from '../route';

const PARAMETER = 'window';

export function web_host(): Host {
  const label: WindowLabel = new URLSearchParams(location.search).get(PARAMETER) === 'work' ? 'work' : 'menu';

  async function call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
    let reply: Response;
    try {
      reply = await fetch(`/call/${label}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        credentials: 'same-origin',
        keepalive: name === 'draft_answer',
      });
    } catch (thrown) {
      throw new HostProblem({ code: 'internal', message: `the desktop does not answer: ${String(thrown)}` });
    }
    const media_type = reply.headers.get('content-type') ?? '';
    if (!reply.ok) {
      const body: unknown = media_type.includes('json') ? await reply.json() : undefined;
      throw HostProblem.from((body as Problem | undefined) ?? { code: 'internal', message: `status ${reply.status}` });
    }
    if (!media_type.includes('json')) return blob_of(await reply.arrayBuffer()) as ResponseOf<K>;
    const body: unknown = await reply.json();
    // A browser's page stands for both windows: where the work window closes, the menu comes.
    if (name === 'window_close' && label === 'work') go('menu', '#/menu');
    return body as ResponseOf<K>;
  }

  return {
    window: label,
    single_page: true,
    call,
    listen(handler) {
      const source = new EventSource(`/events?${PARAMETER}=${label}`);
      // After a gap, whatever happened meanwhile is asked for.
      source.onopen = () => handler({ event: 'overview_changed' });
      source.onmessage = (message: MessageEvent<string>) => {
        const event = JSON.parse(message.data) as DesktopEvent;
        if (event.event === 'screen_requested' && event.window !== label) go(event.window, screen_hash(event.screen));
        else handler(event);
      };
      return () => source.close();
    },
    before_close() {
      // A page cannot wait; what is pending is sent on `pagehide` with `keepalive`.
      return () => undefined;
    },
  };
}

function go(window: WindowLabel, hash: string): void {
  const address = new URL(location.href);
  address.searchParams.set(PARAMETER, window);
  address.hash = hash;
  location.assign(address);
}
