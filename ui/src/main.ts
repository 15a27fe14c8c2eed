// Starts the page with the door that is there: Tauri's in the product's windows, a server's in a plain browser.

import { mount } from 'svelte';
import './style/tokens.css';
import './style/base.css';
import { App } from './app.svelte';
import Root from './Root.svelte';

async function start(): Promise<void> {
  const host =
    '__TAURI_INTERNALS__' in window
      ? (await import('./host/tauri')).tauri_host()
      : (await import('./host/web')).web_host();
  document.documentElement.dataset['window'] = host.window;
  const target = document.getElementById('app');
  if (target) mount(Root, { target, props: { app: new App(host) } });
}

void start();
