import { serviceContract } from '../../platform/testing/service-contract';
import { readFilesConfig } from './config';
import { startFiles } from './main';

serviceContract('files', readFilesConfig, startFiles);
