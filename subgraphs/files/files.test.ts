import { roomContract } from '../../platform/testing/room-contract';
import { readFilesConfig } from './config';
import { startFiles } from './main';

roomContract('files', readFilesConfig, startFiles);
