import { lifecycleContract } from './testing/lifecycle-contract';
import { LifecycleStage } from './testing/lifecycle-stage';

lifecycleContract('SQLite, in process', () => LifecycleStage.start());
