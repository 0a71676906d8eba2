package access

// FillStrangers occupies every place of the queue for strangers, as a flood does.
func FillStrangers(k *Keeper) {
	for range cap(k.strangers.all) {
		k.strangers.all <- struct{}{}
	}
}
