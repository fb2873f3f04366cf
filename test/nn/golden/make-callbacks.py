"""Fills callbacks.json in: what Keras's own callbacks do on its loss curves, each under several settings.

Needs Python with keras 3 and numpy; run as KERAS_BACKEND=numpy python make-callbacks.py, then npm run format. A model is
made up, one that holds an optimizer and notes when weights are read, saved and set. Comparisons are those of Keras 2, which
the thesis had, in float64; Keras 3.15 compares in float32, and subtracts min_delta on the other side for a plateau.
"""

import json
from pathlib import Path

import keras
import numpy as np

FILE = Path(__file__).with_name("callbacks.json")


class Model:
    """What the callbacks use of a model. Its weights are the number of the epoch, from 1."""

    def __init__(self, learning_rate):
        self.optimizer = keras.optimizers.RMSprop(learning_rate)
        self.stop_training = False
        self.epoch = 0
        self.saved = []
        self.weights = None

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.weights = weights

    def save_weights(self, *_args, **_options):
        self.saved.append(self.epoch)


class Plateau(keras.callbacks.ReduceLROnPlateau):
    def _is_improvement(self, value, best):
        return best is None or np.less(value, best - abs(self.min_delta))


class Stopping(keras.callbacks.EarlyStopping):
    def _is_improvement(self, value, best):
        return best is None or np.less(value + abs(self.min_delta), best)


def follow(model, callback, losses):
    """Runs a callback over a curve; gives the learning rate of each epoch that was trained."""
    rates = []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.epoch = epoch + 1
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    callback.on_train_end()
    return rates


def expected(losses, learning_rate, plateau, early_stopping):
    reducing = Plateau(
        factor=plateau["factor"],
        patience=plateau["patience"],
        min_delta=plateau["minDelta"],
        cooldown=plateau["cooldown"],
        min_lr=plateau["minLearningRate"],
    )
    rates = follow(Model(learning_rate), reducing, losses)
    stopping = Stopping(
        patience=early_stopping["patience"],
        min_delta=early_stopping["minDelta"],
        restore_best_weights=True,
        start_from_epoch=early_stopping["startFromEpoch"],
    )
    stopped = Model(learning_rate)
    trained = follow(stopped, stopping, losses)
    saving = Model(learning_rate)
    follow(saving, keras.callbacks.ModelCheckpoint(".weights.h5", save_best_only=True, save_weights_only=True), losses)
    return {
        "reductions": [[i + 1, rates[i]] for i in range(1, len(rates)) if rates[i] != rates[i - 1]],
        "stopped": len(trained) if stopped.stop_training else None,
        "restored": stopped.weights,
        "saved": saving.saved,
    }


document = json.loads(FILE.read_text())
document["keras"] = keras.__version__
for curve in document["curves"]:
    for setting in curve["settings"]:
        setting["expected"] = expected(
            curve["losses"], setting["learningRate"], setting["plateau"], setting["earlyStopping"]
        )
FILE.write_text(json.dumps(document, indent=1) + "\n")
