// Made by the build; no types of its own.
declare module '*/generated/gradients.js';
