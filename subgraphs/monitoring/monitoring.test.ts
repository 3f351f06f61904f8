import { serviceContract } from '../../platform/testing/service-contract';
import { readMonitoringConfig } from './config';
import { startMonitoring } from './main';

serviceContract('monitoring', readMonitoringConfig, startMonitoring);
