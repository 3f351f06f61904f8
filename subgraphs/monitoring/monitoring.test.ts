import { roomContract } from '../../platform/testing/room-contract';
import { readMonitoringConfig } from './config';
import { startMonitoring } from './main';

roomContract('monitoring', readMonitoringConfig, startMonitoring);
