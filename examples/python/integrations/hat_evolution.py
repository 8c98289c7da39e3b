"""HAT's constraint check and selection on a predictor:  hat_evolution.py [--limit MS]

HAT is not a package: these are the calls of its fairseq/evolution.py, with its arguments.
"""

import argparse
import tempfile
from pathlib import Path

from devices import made_up

import helpnas
from helpnas.integrations.hat import LatencyPredictor  # was: from latency_predictor import ...

ENCODER = {"encoder_ffn_embed_dim": 2, "encoder_self_attention_heads": 8}
DECODER = {
    "decoder_ffn_embed_dim": 16,
    "decoder_self_attention_heads": 22,
    "decoder_ende_attention_heads": 28,
    "decoder_arbitrary_ende_attn": 34,
}


def gene2config(gene):
    """As HAT's Converter does."""
    encoder = {key: gene[start : start + 6] for key, start in ENCODER.items()}
    decoder = {key: gene[start : start + 6] for key, start in DECODER.items()}
    encoder.update(encoder_embed_dim=gene[0], encoder_layer_num=gene[1])
    decoder.update(decoder_embed_dim=gene[14], decoder_layer_num=gene[15])
    return {"encoder": encoder, "decoder": decoder}


def stand_in_score(config):
    """In place of the validation loss that HAT's supernet gives."""
    sizes = (sum(part[f"{name}_ffn_embed_dim"]) for name, part in config.items())
    return sum(sizes) + 2000 * config["decoder"]["decoder_layer_num"]


def main() -> None:
    """Load as HAT does, filter as HAT does, keep the best."""
    parser = argparse.ArgumentParser(description="HAT's calls on a predictor.")
    parser.add_argument("--limit", type=float, default=100.0, metavar="MS")
    options = parser.parse_args()
    checkpoint = Path(tempfile.mkdtemp()) / "device.safetensors"
    made_up("hat-wmt14-en-de").save(checkpoint)

    predictor = LatencyPredictor(feature_norm=[640, 6], lat_norm=200, ckpt_path=checkpoint)
    predictor.load_ckpt()
    genes = helpnas.Space("hat-wmt14-en-de").sample(1000, seed=3).tolist()
    configs = [gene2config(gene) for gene in genes]
    print(f"predict_lat, one configuration: {predictor.predict_lat(configs[0]):.2f} ms")
    milliseconds = predictor.predict_lats(configs)  # the whole population at once
    kept = [i for i, latency in enumerate(milliseconds) if latency <= options.limit]
    best = max(kept, key=lambda i: stand_in_score(configs[i]))
    print(f"{len(kept)} of 1000 within {options.limit:g} ms; the best {milliseconds[best]:.2f} ms:")
    print(f"  {configs[best]}")


if __name__ == "__main__":
    main()
