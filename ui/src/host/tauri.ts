// The door in the product: Tauri's own calls and events. Nothing else imports Tauri.

import { invoke } from '@tauri-apps/api/core';
import { listen, TauriEvent } from '@tauri-apps/api/event';
import type { DesktopEvent, WindowLabel } from '../bindings';
import { blob_of, HostProblem, type CommandName, type Host, type RequestOf, type ResponseOf } from './host';

const EVENT_CHANNEL = 'desktop-event';
/** A window that is to close does not wait longer for its last answers. */
const CLOSE_LIMIT_MS = 1500;

const BYTES: ReadonlySet<CommandName> = new Set<CommandName>(['picture_get', 'attachment_get']);

/** What Tauri's own window object reads its label from; the object itself would be a third of the page's code. */
interface TauriPage {
  __TAURI_INTERNALS__?: { metadata?: { currentWindow?: { label?: string } } };
}

export function tauri_host(): Host {
  const name = (window as TauriPage).__TAURI_INTERNALS__?.metadata?.currentWindow?.label;
  const label: WindowLabel = name === 'work' ? 'work' : 'menu';

  async function call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
    try {
      const reply = await invoke<unknown>(name, { request });
      if (BYTES.has(name)) return blob_of(reply as ArrayBuffer | number[]) as ResponseOf<K>;
      return reply as ResponseOf<K>;
    } catch (thrown) {
      throw HostProblem.from(thrown);
    }
  }

  return {
    window: label,
    single_page: false,
    call,
    listen(handler) {
      return late(listen<DesktopEvent>(EVENT_CHANNEL, (event) => handler(event.payload)));
    },
    before_close(work) {
      // While somebody listens, Tauri leaves the closing to them.
      const close = async () => {
        const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS));
        await Promise.race([work().catch(() => undefined), limit]);
        await call('window_close', {});
      };
      const target = { kind: 'Window', label } as const;
      return late(listen(TauriEvent.WINDOW_CLOSE_REQUESTED, () => void close(), { target }));
    },
  };
}

/** A subscription that is still being made can be ended already. */
function late(subscription: Promise<() => void>): () => void {
  let ended = false;
  let end: (() => void) | undefined;
  void subscription.then(
    (stop) => {
      end = stop;
      if (ended) stop();
    },
    (thrown: unknown) => console.error('no subscription', thrown),
  );
  return () => {
    ended = true;
    end?.();
  };
}
