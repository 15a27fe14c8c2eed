// The screens of the menu window.

export { default as Choose } from './choose/Choose.svelte';
export { default as Enrol } from './enrol/Enrol.svelte';
export { default as Menu } from './menu/Menu.svelte';
export { default as Profile } from './profile/Profile.svelte';
export { default as Quit } from './quit/Quit.svelte';
