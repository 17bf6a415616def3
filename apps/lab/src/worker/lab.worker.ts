import { expose } from 'comlink';
import { Lab } from './lab.js';

expose(new Lab());
